import { toast } from '../parts/toasts.js';
import { meetingLink } from './meeting-link.js';

/**
 * Copies the meeting's link to the clipboard. Pages that are not secure have no clipboard: there
 * the older way is tried, and then the link is shown until it is dismissed, to be selected by hand.
 */
export async function copyMeetingLink(code: string): Promise<void> {
  const link = meetingLink(window.location.origin, code);
  try {
    await navigator.clipboard.writeText(link);
    toast('Link copied');
  } catch {
    if (copySelected(link)) toast('Link copied');
    else toast(link, { lasting: true });
  }
}

/** Copies a selection, the way of pages before the clipboard API. */
function copySelected(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.readOnly = true;
  field.className = 'visually-hidden';
  const focused = document.activeElement;
  // A modal dialog makes all elements outside of it inert.
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  field.select();
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    field.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
