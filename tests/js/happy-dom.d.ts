/** What the tests use of happy-dom, whose own declarations need other versions of Node's than ours. */
export class Window {
  constructor(options: { width: number; height: number; url: string });
}
