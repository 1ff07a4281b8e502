import type { Region } from '../../../core/geometry.ts';
import type { Recipe } from '../../../core/recipe.ts';
import { setRecipe } from '../../state/actions.ts';
import { useSession } from '../../state/session.ts';
import { useView } from '../../state/view.ts';
import type { RegionBox } from '../../viewer/index.ts';
import { type RegionName, withBounds } from './boxes.ts';

/** Follows a region that is dragged; where it is let go it becomes part of the recipe, in one change. */
export function moveRegion(moved: RegionBox): void {
  if (!useView.getState().dragged) window.addEventListener('pointerup', letGo, { once: true });
  useView.setState({ dragged: moved, selection: { kind: 'region', region: moved.id } });
}

function letGo(): void {
  const { dragged } = useView.getState();
  useView.setState({ dragged: null });
  if (!dragged) return;
  const { project, results } = useSession.getState();
  const name = dragged.id as RegionName;
  const region = (project?.recipe.regions?.[name] ?? results?.recipe.regions?.[name]) as Region | null | undefined;
  if (region) changeRegion(name, withBounds(region, dragged.box));
}

export function changeRegion(name: RegionName, region: Region | undefined): void {
  const { project } = useSession.getState();
  if (!project) return;
  const { [name]: _, ...others } = project.recipe.regions ?? {};
  const regions = region ? { ...others, [name]: region } : others;
  void setRecipe({ ...project.recipe, regions } as Recipe);
}
