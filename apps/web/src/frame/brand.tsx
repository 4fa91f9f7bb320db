import { Link } from '../routing/link.js';

export function Brand() {
  return (
    <Link to="/" className="brand">
      <img src="/favicon.svg" alt="" width="32" height="32" />
      Waterbus
    </Link>
  );
}
