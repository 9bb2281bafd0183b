/** How one element shows a stream, in physical pixels. */
export interface View {
  readonly width: number;
  readonly height: number;
  readonly visible: boolean;
}

/** All elements that show one stream: it is wanted as large as the largest visible one, and not at all if none is visible. */
export class ViewportLedger {
  private readonly views_ = new Map<object, View>();

  /** True if that changed what `combined` says. */
  set(element: object, view: View): boolean {
    const before = this.combined();
    this.views_.set(element, view);
    return !same(before, this.combined());
  }

  remove(element: object): boolean {
    const before = this.combined();
    this.views_.delete(element);
    return !same(before, this.combined());
  }

  /** Undefined while no element has been told of: then nothing is known, and everything wanted. */
  combined(): View | undefined {
    if (this.views_.size === 0) return undefined;
    let width = 0;
    let height = 0;
    for (const view of this.views_.values()) {
      if (!view.visible) continue;
      width = Math.max(width, view.width);
      height = Math.max(height, view.height);
    }
    return { width, height, visible: [...this.views_.values()].some((view) => view.visible) };
  }
}

function same(left: View | undefined, right: View | undefined): boolean {
  return left?.width === right?.width && left?.height === right?.height && left?.visible === right?.visible;
}
