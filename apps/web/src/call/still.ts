import { memo, type ReactNode } from 'react';

/** Keeps what it showed last while it is still: not even other properties render it again. */
export const Still = memo(
  ({ children }: { still: boolean; children?: ReactNode }) => children,
  (_, { still }) => still,
);
