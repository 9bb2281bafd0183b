import type { EventSource, Listener } from './api/events.js';

type AnyListener = (...args: never[]) => void;

/** Typed events. A listener that throws is reported and does not stop the others. */
export class Emitter<Events extends object> implements EventSource<Events> {
  private readonly listeners_ = new Map<keyof Events, Set<AnyListener>>();

  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    const listeners = this.listeners_.get(name) ?? new Set();
    listeners.add(listener as AnyListener);
    this.listeners_.set(name, listeners);
    return this;
  }

  once<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    const wrapper = ((...args: never[]) => {
      this.off(name, wrapper);
      (listener as AnyListener)(...args);
    }) as unknown as Listener<Events[Name]>;
    return this.on(name, wrapper);
  }

  off<Name extends keyof Events>(name: Name, listener?: Listener<Events[Name]>): this {
    if (listener) this.listeners_.get(name)?.delete(listener as AnyListener);
    else this.listeners_.delete(name);
    return this;
  }

  /** @internal */
  emit<Name extends keyof Events>(
    name: Name,
    ...args: Events[Name] extends readonly unknown[] ? Events[Name] : never
  ): void {
    for (const listener of [...(this.listeners_.get(name) ?? [])]) {
      try {
        (listener as (...values: readonly unknown[]) => void)(...args);
      } catch (error) {
        console.error(`Parley: a listener of "${String(name)}" threw`, error);
      }
    }
  }
}
