import type { Call } from '@waterbus/client';
import { TriangleAlert } from 'lucide-react';
import { lostText } from './people/connection-text.js';

/** Reports that sound and pictures do not get through, and in which direction, while that is so. */
export function MediaBanner({ call }: { call: Call }) {
  const text = lostText(call);
  return (
    // Always present: a live region must exist before its content changes.
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
