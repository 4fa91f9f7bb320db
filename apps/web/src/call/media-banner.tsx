import type { Call } from '@waterbus/client';
import { TriangleAlert } from 'lucide-react';
import { lostText } from './connection-text.js';

/** Says that sound and pictures do not get through, and in which direction, for as long as that is so. */
export function MediaBanner({ call }: { call: Call }) {
  const text = lostText(call);
  return (
    // Always there: a live region must exist before its content changes.
    <div className="media-banner" role="status">
      {text && (
        <p>
          <TriangleAlert size={18} />
          {text}
        </p>
      )}
    </div>
  );
}
