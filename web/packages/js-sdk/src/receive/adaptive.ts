import { ViewportLedger } from './viewport.js';
import type { View } from './viewport.js';

/**
 * Watches how large elements are drawn and whether they can be seen. One for each stream that is shown; `onChange` gets all of
 * its elements together, undefined when none is left.
 */
export class ElementObserver {
  private readonly ledger_ = new ViewportLedger();

  constructor(private readonly onChange_: (view: View | undefined) => void) {}

  /** The answer stops. */
  observe(element: HTMLElement): () => void {
    const key = {};
    let visible = true; // until told otherwise: a picture must not wait for the first callback
    const report = () => {
      const { width, height } = element.getBoundingClientRect();
      const ratio = globalThis.devicePixelRatio || 1;
      const view = {
        width: Math.round(width * ratio),
        height: Math.round(height * ratio),
        visible: visible && !document.hidden,
      };
      if (this.ledger_.set(key, view)) this.onChange_(this.ledger_.combined());
    };
    const sizes = new ResizeObserver(report);
    const sights = new IntersectionObserver((entries) => {
      visible = entries.at(-1)?.isIntersecting ?? true;
      report();
    });
    sizes.observe(element);
    sights.observe(element);
    document.addEventListener('visibilitychange', report);
    return () => {
      sizes.disconnect();
      sights.disconnect();
      document.removeEventListener('visibilitychange', report);
      if (this.ledger_.remove(key)) this.onChange_(this.ledger_.combined());
    };
  }
}
