ALTER TABLE "quality_minutes" ADD COLUMN "missing_seconds" smallint;--> statement-breakpoint
ALTER TABLE "quality_minutes" ADD COLUMN "server_seconds" smallint;