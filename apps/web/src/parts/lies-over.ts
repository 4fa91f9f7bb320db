type Boxed = Pick<Element, 'getBoundingClientRect'>;

/** Whether it lies over the middle of the other one, which has to stay visible (WCAG 2.4.11). */
export function liesOver(one: Boxed, other: Boxed): boolean {
  const { left, right, top, bottom } = one.getBoundingClientRect();
  const { x, y, width, height } = other.getBoundingClientRect();
  const [middleX, middleY] = [x + width / 2, y + height / 2];
  return left < middleX && middleX < right && top < middleY && middleY < bottom;
}
