import type { ServerApiFigures } from '@waterbus/server-api';
import { countersBy, histograms, type Series } from './series.js';

/** The metrics of Server API. */
export const apiSeries: readonly Series<ServerApiFigures>[] = [
  histograms(
    'waterbus_http_request_duration_seconds',
    ['method', 'route', 'status'],
    'Requests to the API, by route as declared and class of status',
    ({ requests }) => requests,
  ),
  countersBy('waterbus_http_limited_total', 'limit', 'Requests refused by a limit', ({ limited }) => limited),
  histograms(
    'waterbus_database_query_duration_seconds',
    ['outcome'],
    'Statements of the database',
    ({ queries }) => queries,
  ),
];
