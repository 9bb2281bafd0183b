// Draws /openapi.json: nothing but this script and the browser.
(async () => {
  'use strict';
  const page = document.getElementById('page');
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children.filter((child) => child !== undefined));
    return element;
  };
  let doc;
  try {
    doc = await (await fetch('/openapi.json')).json();
  } catch (error) {
    page.replaceChildren(make('p', {}, `The description cannot be loaded: ${error}`));
    return;
  }
  const resolve = (schema) => (schema?.$ref ? doc.components.schemas[schema.$ref.split('/').pop()] : schema) ?? {};

  const typeOf = (schema) => {
    if (schema.$ref) {
      const name = schema.$ref.split('/').pop();
      const target = resolve(schema);
      return target.enum ? typeOf(target) : make('a', { href: `#schema-${name}` }, name);
    }
    if (schema.enum) return schema.enum.map((value) => `"${value}"`).join(' | ');
    if (schema.type === 'array') return make('span', {}, 'array of ', typeOf(schema.items));
    return [schema.type].flat().join(' or ');
  };
  const limits = (schema) => [
    schema.default === undefined ? '' : `default ${schema.default}`,
    schema.minimum === undefined ? '' : `from ${schema.minimum}`,
    schema.maximum === undefined ? '' : `to ${schema.maximum}`,
    schema.maxLength === undefined ? '' : `at most ${schema.maxLength} characters`,
    schema.maxItems === undefined ? '' : `at most ${schema.maxItems} entries`,
  ].filter(Boolean).join(', ');
  const row = (name, required, schema, description) => make('tr', {},
    make('td', {}, make('code', {}, name), required ? ' *' : ''),
    make('td', {}, typeOf(schema)),
    make('td', {}, description ?? schema.description ?? '', limits(schema) ? make('div', { className: 'quiet' }, limits(schema)) : ''));
  const table = (rows) => make('table', {}, make('tbody', {}, ...rows));
  const fields = (schema, prefix = '') => Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const inner = field.type === 'array' ? field.items : field;
    const nested = inner.properties ? fields(inner, `${prefix}${name}${field.type === 'array' ? '[]' : ''}.`) : [];
    return [row(prefix + name, schema.required?.includes(name), field), ...nested];
  });
  const describe = (schema) => {
    const target = resolve(schema);
    return target.properties ? table(fields(target)) : make('p', {}, typeOf(schema));
  };

  const operation = (method, path, op) => {
    const body = make('div');
    if (op.description) body.append(make('p', {}, op.description));
    if (op.security?.length === 0) body.append(make('p', { className: 'quiet' }, 'Needs no token.'));
    if (op.parameters) {
      body.append(make('h4', {}, 'Parameters'),
        table(op.parameters.map((p) => row(p.name, p.required, p.schema, `${p.description} (${p.in})`))));
    }
    const request = op.requestBody?.content?.['application/json']?.schema;
    if (request) body.append(make('h4', {}, 'Body'), describe(request));
    for (const [status, response] of Object.entries(op.responses)) {
      const [type, content] = Object.entries(response.content ?? {})[0] ?? [];
      body.append(make('h4', {}, `${status} `, make('span', { className: 'quiet' }, `${response.description} ${type ?? ''}`)));
      if (Number(status) < 300 && content?.schema) body.append(describe(content.schema));
    }
    return make('details', { id: op.operationId ?? path },
      make('summary', {}, make('span', { className: `method ${method}` }, method),
        make('span', { className: 'path' }, path), op.summary ?? ''), body);
  };

  const parts = [make('h1', {}, doc.info.title), make('p', { className: 'quiet' }, `Version ${doc.info.version} · `,
    make('a', { href: '/openapi.json' }, 'openapi.json')), make('p', {}, doc.info.description)];
  for (const tag of doc.tags) {
    parts.push(make('h2', {}, tag.name));
    for (const [path, methods] of Object.entries(doc.paths)) {
      for (const [method, op] of Object.entries(methods)) {
        if (op.tags.includes(tag.name)) parts.push(operation(method.toUpperCase(), path, op));
      }
    }
  }
  parts.push(make('h2', {}, 'Calls to your webhook'));
  for (const [name, methods] of Object.entries(doc.webhooks)) {
    parts.push(operation('POST', name, { ...methods.post, operationId: `webhook-${name}` }));
  }
  parts.push(make('h2', {}, 'Values'));
  for (const [name, schema] of Object.entries(doc.components.schemas)) {
    if (!schema.properties) continue;
    parts.push(make('h3', { id: `schema-${name}` }, name), table(fields(schema)));
  }
  page.replaceChildren(...parts);
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
})();
