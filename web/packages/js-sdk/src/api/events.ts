/** An object with typed events: `Events` maps each name to the arguments of its listeners. */
export interface EventSource<Events extends object> {
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this;
  once<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this;
  off<Name extends keyof Events>(name: Name, listener?: Listener<Events[Name]>): this;
}

export type Listener<Arguments> = Arguments extends readonly unknown[] ? (...args: Arguments) => void : never;
