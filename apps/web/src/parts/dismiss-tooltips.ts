/**
 * Escape hides the tooltip of the hovered or focused button, until the pointer or the focus moves on
 * (WCAG 1.4.13).
 */
export function dismissTooltips(root: HTMLElement = document.documentElement): void {
  const dismiss = (dismissed: boolean) => root.toggleAttribute('data-tooltips-dismissed', dismissed);
  document.addEventListener('keydown', ({ key }) => key === 'Escape' && dismiss(true), true);
  for (const moved of ['pointerover', 'focusin']) document.addEventListener(moved, () => dismiss(false));
}
