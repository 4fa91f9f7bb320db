import './call.css';
import './stage.css';
import './panels.css';
import './chat.css';
import './people.css';
import './meeting-settings.css';
