ALTER TABLE "meetings" ADD COLUMN "active_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "active_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "mentioned" integer[];--> statement-breakpoint
CREATE INDEX "members_user_id_archived_active_at_id" ON "members" USING btree ("user_id","archived",coalesce(active_at, created_at),"id");