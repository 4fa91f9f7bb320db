import { t } from '@lingui/core/macro';
import { copyText } from '../parts/copy-text.js';
import { toast } from '../parts/toasts.js';
import { meetingLink } from './meeting-link.js';

/** Whether this device has a share sheet that people use: phones and tablets. */
export function canShareLink(): boolean {
  return typeof navigator.share === 'function' && window.matchMedia('(pointer: coarse)').matches;
}

/** Opens the share sheet; copies the link where there is none, or when it fails. */
export async function shareMeetingLink(code: string, title: string): Promise<void> {
  if (!canShareLink()) return copyMeetingLink(code);
  try {
    await navigator.share({ title, url: meetingLink(window.location.origin, code) });
  } catch (error) {
    // The user closed it.
    if ((error as DOMException).name !== 'AbortError') await copyMeetingLink(code);
  }
}

/**
 * Copies the meeting's link to the clipboard. Where that is not possible, the link is shown until it
 * is dismissed, to be selected by hand.
 */
export async function copyMeetingLink(code: string): Promise<void> {
  const link = meetingLink(window.location.origin, code);
  if (await copyText(link)) toast(t`Link copied`);
  else toast(link, { lasting: true });
}
