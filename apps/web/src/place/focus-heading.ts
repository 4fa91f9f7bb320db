/**
 * Moves the focus to the heading of a section, before the control that has it disappears with its row
 * or form. The heading needs `tabIndex` -1.
 */
export function focusHeading(id: string): void {
  document.getElementById(id)?.focus();
}
