import { brand } from '../brand.js';
import { Link } from '../routing/link.js';

export function Brand() {
  return (
    <Link to="/" className="brand">
      <img src={brand.logo} alt="" width="32" height="32" />
      <span className="brand-name">{brand.name}</span>
    </Link>
  );
}
