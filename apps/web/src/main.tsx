import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { openLanguage } from './language/language.js';
import './styles/index.js';

// No `await`: a module that waits would be split into more, smaller chunks.
void openLanguage().then(() =>
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <App />
    </StrictMode>,
  ),
);
