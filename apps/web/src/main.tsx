import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { noticeInstallOffer } from './install/install-offer.js';
import { keepOfflinePage } from './install/service-worker-registration.js';
import { openLanguage } from './language/language.js';
import { dismissTooltips } from './parts/dismiss-tooltips.js';
import { loadOnce } from './parts/load-code.js';
import './styles/index.js';

const root = document.getElementById('root')!;
dismissTooltips();

// No `await`: a module that waits would be split into more, smaller chunks.
void loadOnce(openLanguage)().then(
  () =>
    createRoot(root).render(
      <StrictMode>
        <App />
      </StrictMode>,
    ),
  () => {
    // No text could be loaded, in no language.
    root.textContent = 'This page could not be loaded. Check your connection, then reload it.';
  },
);

noticeInstallOffer();
keepOfflinePage();
