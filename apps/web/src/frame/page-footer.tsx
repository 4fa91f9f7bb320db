import { t } from '@lingui/core/macro';
import { brand } from '../brand.js';

/** The links that the operator of this server has set, and what installs the page; nothing otherwise. */
export function PageFooter({ install }: { install?: () => void }) {
  const { imprint, privacy } = brand;
  if (!imprint && !privacy && !install) return null;
  return (
    <footer className="page-footer">
      {imprint && <a href={imprint}>{t`Imprint`}</a>}
      {privacy && <a href={privacy}>{t`Privacy`}</a>}
      {install && (
        <button type="button" onClick={install}>
          {t`Install as an app`}
        </button>
      )}
    </footer>
  );
}
