import './call.css';
import './floating.css';
import './reactions.css';
import './stage.css';
import './panels.css';
import './chat.css';
import './people.css';
import './meeting-settings.css';
