import { messageOf } from '../messages.js';

/** What went wrong, if anything did. */
export function Failure({ of }: { of: unknown }) {
  if (of === undefined) return null;
  return (
    <p className="form-error" role="alert">
      {messageOf(of)}
    </p>
  );
}
