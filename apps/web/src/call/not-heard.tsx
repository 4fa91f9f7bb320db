import type { Call } from '@waterbus/client';
import { BannerText } from './banner-text.js';
import { namesOf } from './people/names.js';
import { notHeardText } from './people/not-heard-text.js';

/** Names the others that do not hear or understand the user, if there are any. */
export function NotHeard({ call }: { call: Call }) {
  const text = notHeardText(call, namesOf(call));
  return text && <BannerText text={text} />;
}
