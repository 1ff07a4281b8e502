import { BRICK } from '../grid.ts';

/**
 * Reads of one volume through its page table: `NAMEgo` looks the page of a place up, `NAMEread` reads with it. A texel of the
 * table maps a place to the atlas, place · w + xyz in its voxels; w is 1 / 2^level, 0 for one colour all over, and below 0 where
 * the floor is to be read. `floor` leaves the floor's reads out where no page asks for them: software renderers pay for every
 * read that stands in a program, whether or not it is needed.
 */
export const sampling = (name: string, floor: boolean) => /* glsl */ `
uniform sampler3D ${name}Atlas;
uniform sampler3D ${name}Pages;
uniform vec3 ${name}PerAtlas;    // 1 / its size
uniform ivec3 ${name}Last;       // last page
${floor ? `uniform sampler3D ${name}Floor;\nuniform vec3 ${name}FloorScale;` : ''}
vec4 ${name}Page;

void ${name}go(vec3 p) { ${name}Page = texelFetch(${name}Pages, clamp(ivec3(p) >> ${Math.log2(BRICK)}, ivec3(0), ${name}Last), 0); }
vec4 ${name}read(vec3 p) {
  ${floor ? `if (${name}Page.w < 0.0) return textureLod(${name}Floor, p * ${name}FloorScale, 0.0);` : ''}
  return textureLod(${name}Atlas, (p * ${name}Page.w + ${name}Page.xyz) * ${name}PerAtlas, 0.0);
}
/** For many reads in one page along a line, base + n · way: where they lie in the texture. */
vec3 ${name}Base, ${name}Way;
void ${name}line(vec3 base, vec3 way) {
  vec3 scale = ${name}Page.w * ${name}PerAtlas;
  ${name}Base = base * scale + ${name}Page.xyz * ${name}PerAtlas;
  ${name}Way = way * scale;
  ${floor ? `if (${name}Page.w < 0.0) { ${name}Base = base * ${name}FloorScale; ${name}Way = way * ${name}FloorScale; }` : ''}
}
vec4 ${name}readAt(float n) {
  vec3 at = ${name}Base + n * ${name}Way;
  ${floor ? `if (${name}Page.w < 0.0) return textureLod(${name}Floor, at, 0.0);` : ''}
  return textureLod(${name}Atlas, at, 0.0);
}
/** Half a voxel of the level that is read, in voxels of level 0. */
float ${name}half() { return ${name}Page.w == 0.0 ? 0.5 : 0.5 / abs(${name}Page.w); }
`;
