import './call.css';
import './floating.css';
import './reactions.css';
import './stage.css';
import './panels.css';
import './people.css';
import './meeting-settings.css';
