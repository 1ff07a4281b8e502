import type { Region } from '../../../core/geometry.ts';
import type { Recipe } from '../../../core/recipe.ts';
import { setRecipe } from '../../state/actions.ts';
import { useSession } from '../../state/session.ts';
import { useView } from '../../state/view.ts';
import type { RegionBox } from '../../viewer/index.ts';
import { type RegionName, withBounds } from './boxes.ts';

/** A region that was dragged becomes part of the recipe. */
export function moveRegion({ id, box }: RegionBox): void {
  const { project, results } = useSession.getState();
  const name = id as RegionName;
  const region = (project?.recipe.regions?.[name] ?? results?.recipe.regions?.[name]) as Region | null | undefined;
  if (!region) return;
  useView.setState({ selection: { kind: 'region', region: name } });
  changeRegion(name, withBounds(region, box));
}

export function changeRegion(name: RegionName, region: Region | undefined): void {
  const { project } = useSession.getState();
  if (!project) return;
  const { [name]: _, ...others } = project.recipe.regions ?? {};
  const regions = region ? { ...others, [name]: region } : others;
  void setRecipe({ ...project.recipe, regions } as Recipe);
}
