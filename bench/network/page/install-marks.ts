import { installMarks } from './join-marks.js';

installMarks();
