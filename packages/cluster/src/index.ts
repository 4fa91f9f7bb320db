export * from './clock.js';
export * from './cluster.js';
export * from './in-process/in-process-cluster.js';
export type { Logger as ClusterLogger } from './logger.js';
export type { RedisAddress, RedisTopology } from './redis/connection/topology.js';
export { examineRedis, type RedisReport } from './redis/examine-redis.js';
export { createRedisCluster, type RedisCluster, type RedisClusterOptions } from './redis/redis-cluster.js';
export { Tally } from './tally.js';
