DROP INDEX "admissions_user_id";--> statement-breakpoint
DROP INDEX "messages_user_id";--> statement-breakpoint
DROP INDEX "participants_user_id";--> statement-breakpoint
CREATE INDEX "admissions_user_id_id" ON "admissions" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "messages_user_id_id" ON "messages" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "participants_user_id_id" ON "participants" USING btree ("user_id","id");