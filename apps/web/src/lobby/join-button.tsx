import { t } from '@lingui/core/macro';
import { Link } from '../routing/link.js';
import { meetingPath } from '../routing/route.js';
import { withNext } from '../sign-in/next.js';

/** Submits the form of the lobby, or cancels the wait for a moderator. */
export function JoinButton(props: {
  joining: boolean;
  waiting: boolean;
  /** In another tab of this browser. */
  isElsewhere: boolean;
  onCancel: () => void;
}) {
  const { joining, waiting, isElsewhere, onCancel } = props;
  return waiting ? (
    <button
      type="button"
      className="button large"
      onClick={(event) => {
        // React keeps the element, and with it the focus: it becomes the submitting button again
        // during this click.
        event.preventDefault();
        onCancel();
      }}
    >
      {t`Cancel`}
    </button>
  ) : (
    <button type="submit" className="button primary large" aria-disabled={joining}>
      {joining ? t`Joining…` : isElsewhere ? t`Move the call here` : t`Join now`}
    </button>
  );
}

/** In place of the button on servers that admit no guests. */
export function SignInToJoin({ code }: { code: string }) {
  return (
    <>
      <p className="field-hint">{t`You need an account on this server to join.`}</p>
      <Link to={withNext('/sign-in', meetingPath(code))} className="button primary large">
        {t`Sign in to join`}
      </Link>
    </>
  );
}
