import { t } from '@lingui/core/macro';
import { brand } from '../brand.js';

/** The links that the operator of this server has set; none otherwise. */
export function PageFooter() {
  const { imprint, privacy } = brand;
  if (!imprint && !privacy) return null;
  return (
    <footer className="page-footer">
      {imprint && <a href={imprint}>{t`Imprint`}</a>}
      {privacy && <a href={privacy}>{t`Privacy`}</a>}
    </footer>
  );
}
