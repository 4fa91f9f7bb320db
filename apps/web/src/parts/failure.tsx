import { isPasswordWeak, messageOf } from '../messages.js';

/** The failure, if there is one. A weak password is shown by its field. */
export function Failure({ of }: { of: unknown }) {
  if (of === undefined || isPasswordWeak(of)) return null;
  return (
    <p className="form-error" role="alert">
      {messageOf(of)}
    </p>
  );
}
