import { t } from '@lingui/core/macro';
import { Component, type ReactNode } from 'react';
import { messageOf } from '../messages.js';
import { Notice } from './notice.js';

/** In place of a page whose code could not be loaded. */
export class PageFailure extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <Notice title={t`This page could not be loaded`} text={messageOf(this.state.error)}>
        <button type="button" className="button primary" onClick={() => window.location.reload()}>
          {t`Try again`}
        </button>
      </Notice>
    );
  }
}
