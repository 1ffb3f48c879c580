import type { Revision } from "@llmcfg/core";
import type { Change } from "../configs/ports.ts";
import type { Access } from "../policy/ports.ts";
import { Audience } from "./audience.ts";
import type { Selection } from "./selection.ts";
import { SelectionState } from "./selection-state.ts";
import type { SelectionView } from "./selection-view.ts";
import type { Delta } from "./shown-key.ts";

/** A selection at a past revision, as one audience saw it then by the rights of now. */
export class Replica {
  readonly state: SelectionState;
  readonly audience: Audience;

  private constructor(state: SelectionState, audience: Audience) {
    this.state = state;
    this.audience = audience;
  }

  static async open(
    view: SelectionView,
    about: { readonly selection: Selection; readonly access: Access; readonly at: Revision },
  ): Promise<Replica> {
    const state = await SelectionState.open(view, about.at);
    return new Replica(state, await Audience.open(about.access, about.selection, state));
  }

  get revision(): Revision {
    return this.state.revision;
  }

  /** Moves on by one commit; what the audience is told of it. */
  async advance(change: Change): Promise<Delta | undefined> {
    const delta = await this.state.prepare(change);
    const projection = await this.audience.prepare(delta);
    this.state.commit(change.revision, delta);
    this.audience.commit(change.revision, projection);
    return projection.told;
  }
}
