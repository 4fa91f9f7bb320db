import './tokens.css';
import './base.css';
import './parts.css';
import './pages.css';
import './account.css';
import './lobby.css';
import './call.css';
import './stage.css';
