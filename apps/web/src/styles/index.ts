import './tokens.css';
import './base.css';
import './parts.css';
import './dialog.css';
import './pages.css';
