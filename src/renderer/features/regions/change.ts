import type { Region } from '../../../core/geometry.ts';
import type { Recipe } from '../../../core/recipe.ts';
import { setRecipe } from '../../state/actions.ts';
import { useSession } from '../../state/session.ts';
import { useView } from '../../state/view.ts';
import type { RegionBox } from '../../viewer/index.ts';
import { forgetName } from './measurements.ts';
import { type AnalysisName, drawnId, drawnName, regionsNow, withBounds } from './region_list.ts';

/** Follows a region that is dragged; where it is let go it becomes part of the recipe, in one change. */
export function moveRegion(moved: RegionBox): void {
  if (!useView.getState().dragged) window.addEventListener('pointerup', () => void letGo(), { once: true });
  useView.setState({ dragged: moved, selection: { kind: 'region', region: moved.id } });
}

async function letGo(): Promise<void> {
  const { dragged } = useView.getState();
  const listed = regionsNow().find(({ id }) => id === dragged?.id);
  if (dragged && listed) await changeRegion(dragged.id, withBounds(listed.region, dragged.box));
  // It stays where it was let go until the project has it there.
  useView.setState({ dragged: null });
}

/** Sets a region; undefined takes it away, so that one of the analysis is found again. */
export async function changeRegion(id: string, region: Region | undefined): Promise<void> {
  const { project } = useSession.getState();
  if (!project) return;
  const name = drawnName(id);
  if (name !== null)
    return await setDrawn({ ...without(project.recipe.measure, name), ...(region && { [name]: region }) });
  const regions = { ...without(project.recipe.regions, id as AnalysisName), ...(region && { [id]: region }) };
  await setRecipe({ ...project.recipe, regions } as Recipe);
}

function without<T extends object>(record: T | undefined, name: string): Partial<T> {
  const { [name]: _, ...rest } = (record ?? {}) as Record<string, unknown>;
  return rest as Partial<T>;
}

/** Sets the drawn regions; none leaves nothing of them in the recipe. */
async function setDrawn(measure: object): Promise<void> {
  const { measure: _, ...recipe } = useSession.getState().project!.recipe;
  await setRecipe({ ...recipe, ...(Object.keys(measure).length > 0 ? { measure } : {}) } as Recipe);
}

/** Keeps a region under the next free name and selects it. */
export async function addRegion(region: Region): Promise<void> {
  const { project } = useSession.getState();
  if (!project) return;
  const drawn = project.recipe.measure ?? {};
  let number = 1;
  while (drawn[`Region ${number}`]) number++;
  const name = `Region ${number}`;
  await setDrawn({ ...drawn, [name]: region });
  useView.setState({ showRegions: true, selection: { kind: 'region', region: drawnId(name) } });
}

/** Why a drawn region cannot be called so; null where it can. */
export function nameFault(id: string, name: string): string | null {
  if (name === '') return 'A region needs a name';
  if (name.length > 80) return 'A name has 80 letters at most';
  const taken = useSession.getState().project?.recipe.measure ?? {};
  return name !== drawnName(id) && Object.hasOwn(taken, name) ? 'Another region has this name' : null;
}

export async function renameRegion(id: string, name: string): Promise<void> {
  const before = drawnName(id);
  const drawn = useSession.getState().project?.recipe.measure;
  if (before === null || !drawn?.[before] || name === before || nameFault(id, name) !== null) return;
  await setDrawn({ ...without(drawn, before), [name]: drawn[before] });
  forgetName(id, drawnId(name), name);
  useView.setState({ selection: { kind: 'region', region: drawnId(name) } });
}

/** Deletes a drawn region; undone like any change of the recipe. */
export async function deleteRegion(id: string): Promise<void> {
  if (drawnName(id) === null) return;
  await changeRegion(id, undefined);
  useView.setState({ selection: null });
}
