// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the syntax of Fn::Sub.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindTemplate, type Environment, scopeOf } from './bind-template.ts';
import { evaluate } from './evaluate.ts';
import { isObject, type Json } from './json.ts';
import { readTemplate } from './template.ts';

const ENVIRONMENT: Environment = {
  region: 'eu-west-1',
  accountId: '123456789012',
  partition: 'aws',
  stackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/demo/1',
  stackName: 'demo',
  notificationArns: ['arn:topic'],
  exported: (name) => (name === 'shared' ? 'from elsewhere' : undefined),
};
const HEAD = `
Parameters:
  Name: {Type: String, Default: web}
  Count: {Type: Number, Default: 3}
  List: {Type: CommaDelimitedList, Default: 'a, b,c'}
Mappings: {Sizes: {eu-west-1: {small: s, list: [x, y]}}}
Conditions:
  IsWeb: !Equals [!Ref Name, web]
  NotWeb: !Not [!Condition IsWeb]
  Both: !And [!Condition IsWeb, !Condition NotWeb]
  Either: !Or [!Condition IsWeb, !Condition NotWeb]
`;

/** The value as property \`Value\` of a resource, evaluated with every Ref and GetAtt of a resource known. */
function evaluated(yaml: string): Json | undefined {
  const template = readTemplate(
    `${HEAD}\nResources:\n  R: {Type: T, Properties: {Value: ${yaml}}}\n  Other: {Type: T}`,
  );
  const bound = bindTemplate(template, {}, ENVIRONMENT);
  const resources = { ref: (id: string) => `id-of-${id}`, getAtt: (id: string, name: string) => `${id}/${name}` };
  const result = evaluate(template.resources.R?.properties ?? {}, scopeOf(bound, 'value', resources));
  return isObject(result) ? result.Value : undefined;
}

describe('evaluate', () => {
  it.each<[string, Json | undefined]>([
    ['!Ref Name', 'web'],
    ['!Ref List', ['a', 'b', 'c']],
    ['!Ref Other', 'id-of-Other'],
    ['{Ref: Other}', 'id-of-Other'],
    ['!Ref AWS::NoValue', undefined],
    ['!Ref AWS::URLSuffix', 'amazonaws.com'],
    ['!Ref AWS::NotificationARNs', ['arn:topic']],
    ['!GetAtt Other.Nested.Arn', 'Other/Nested.Arn'],
    ['!GetAtt [Other, Arn]', 'Other/Arn'],
    ['{"Fn::GetAtt": [Other, Arn]}', 'Other/Arn'],
    ["!Sub '${AWS::Region}/${Name}/${Other.Arn}/${!Kept}/${Count}'", 'eu-west-1/web/Other/Arn/${Kept}/3'],
    ["!Sub ['${A}-${Name}', {A: !Ref Other}]", 'id-of-Other-web'],
    ['!Join [":", [a, !Ref Count, !Ref Other]]', 'a:3:id-of-Other'],
    ['!Join ["", !Ref List]', 'abc'],
    ['!Select [1, !Ref List]', 'b'],
    ['!Select ["0", !Split ["-", a-b]]', 'a'],
    ['!Split ["-", a-b-]', ['a', 'b', '']],
    ['!FindInMap [Sizes, !Ref AWS::Region, small]', 's'],
    ['!FindInMap [Sizes, eu-west-1, list]', ['x', 'y']],
    ['!ImportValue shared', 'from elsewhere'],
    ['{"Fn::Base64": !Sub "${Name}"}', 'd2Vi'],
    ['!GetAZs ""', ['eu-west-1a', 'eu-west-1b', 'eu-west-1c']],
    ['!Cidr [10.0.0.0/16, 2, 8]', ['10.0.0.0/24', '10.0.1.0/24']],
    ['!Select [3, !Cidr ["10.1.2.0/24", 4]]', '10.1.2.192/26'],
    ['!If [IsWeb, a, b]', 'a'],
    ['!If [NotWeb, a, !Ref AWS::NoValue]', undefined],
    ['!If [Both, a, b]', 'b'],
    ['!If [Either, a, b]', 'a'],
    ['[a, !If [NotWeb, b, !Ref AWS::NoValue], c]', ['a', 'c']],
    ['{Keep: 1, Drop: !Ref AWS::NoValue}', { Keep: 1 }],
    // IAM policies have a key of that name; a date is text; a boolean stays one.
    [
      '{Condition: {StringEquals: {k: v}}, Version: 2012-10-17, On: true}',
      { Condition: { StringEquals: { k: 'v' } }, Version: '2012-10-17', On: true },
    ],
  ])('%s', (yaml, expected) => {
    expect(evaluated(yaml)).toEqual(expected);
  });

  it.each([
    ['!Ref Nowhere', /Unresolved resource dependencies \[Nowhere\]/],
    ['!Ref AWS::Nothing', /unknown pseudo parameter AWS::Nothing/],
    ["!Sub '${Nowhere}'", /Unresolved resource dependencies \[Nowhere\]/],
    ["!Sub '${a b}'", /must contain only alphanumeric/],
    ['!Select [7, !Ref List]', /nonexistent value at index 7/],
    ['!FindInMap [Sizes, mars, small]', /unable to get mapping for Sizes::mars::small/],
    ['!ImportValue nobody', /No export named nobody found/],
    ['!If [Maybe, a, b]', /Unresolved condition dependency Maybe/],
    ['!Equals [a, b]', /Fn::Equals cannot be used in Resources/],
    ['{"Fn::ForEach": [a]}', /Fn::ForEach is not supported here/],
    ['!Length [a]', /Fn::Length is not supported here/],
    ['{"Fn::Join": ["", []], Other: 1}', /must be the only key/],
    ['!Join [":", [[a]]]', /Fn::Join needs a string/],
    ['!Cidr [10.0.0.0/30, 8, 8]', /cannot cut 8 blocks/],
  ])('refuses %s', (yaml, message) => {
    expect(() => evaluated(yaml)).toThrow(message);
  });

  it('joins what it splits', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z0-9 ]*$/), { minLength: 1 }), (parts) => {
        const yaml = `!Join ["|", !Split ["|", ${JSON.stringify(parts.join('|'))}]]`;
        expect(evaluated(yaml)).toBe(parts.join('|'));
      }),
      { numRuns: 50 },
    );
  });

  it('leaves any JSON without intrinsics as it is', () => {
    const plain = fc
      .jsonValue({ maxDepth: 3 })
      .filter((value) => !/null|Fn::|Ref|Condition|__proto__|-0/.test(JSON.stringify(value)));
    fc.assert(
      fc.property(plain, (value) => {
        const bound = bindTemplate(readTemplate('Resources: {R: {Type: T}}'), {}, ENVIRONMENT);
        expect(evaluate(value as Json, scopeOf(bound, 'value'))).toEqual(value);
      }),
      { numRuns: 100 },
    );
  });
});
