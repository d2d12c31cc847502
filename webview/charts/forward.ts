/** Brings one line of a chart to the front, while its row in a legend or table has the pointer or the focus. */

/** Marks everything that belongs to a row (`data-row`) as in front, and the rest as behind. Without a key, nothing is behind. */
export function bringForward(chart: Element, key: string | undefined): void {
  for (const element of chart.querySelectorAll('[data-row]')) {
    const isForward = element.getAttribute('data-row') === key;
    element.classList.toggle('forward', isForward);
    element.classList.toggle('behind', key !== undefined && !isForward);
  }
}
