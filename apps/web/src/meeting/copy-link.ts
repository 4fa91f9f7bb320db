import { toast } from '../parts/toasts.js';
import { meetingLink } from './meeting-link.js';

/** Puts the meeting's link on the clipboard; where there is none (pages that are not secure) it is shown instead. */
export async function copyMeetingLink(code: string): Promise<void> {
  const link = meetingLink(window.location.origin, code);
  try {
    await navigator.clipboard.writeText(link);
    toast('Link copied');
  } catch {
    toast(`The link is ${link}`);
  }
}
