import { copyText } from '../parts/copy-text.js';
import { toast } from '../parts/toasts.js';
import { meetingLink } from './meeting-link.js';

/**
 * Copies the meeting's link to the clipboard. Where that is not possible, the link is shown until it
 * is dismissed, to be selected by hand.
 */
export async function copyMeetingLink(code: string): Promise<void> {
  const link = meetingLink(window.location.origin, code);
  if (await copyText(link)) toast('Link copied');
  else toast(link, { lasting: true });
}
