"""Search over the whole catalogue goes along an index, kept by triggers."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

#: A name as words: no accents, small letters, no punctuation. `catalog.searching` does the same.
FUNCTIONS = r"""
CREATE FUNCTION catalog_words(name text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $body$
    SELECT COALESCE(array_agg(DISTINCT left(word, 60)), '{}')
      FROM regexp_split_to_table(
               translate(
                   lower(regexp_replace(normalize(COALESCE(name, ''), NFKD), '[\u0300-\u036f]', '', 'g')),
                   $signs$!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~$signs$, repeat(' ', 32)),
               '\s+') AS word
     WHERE word <> ''
$body$;

CREATE FUNCTION catalog_write_words(ids bigint[]) RETURNS void LANGUAGE sql AS $body$
    INSERT INTO catalog_skuwords (sku_id, words)
    SELECT s.id, array_to_tsvector(
               catalog_words(concat_ws(' ', s.name, p.name, o.name, c.name, s.country_id,
                   trim_scale(s.min_face_value), trim_scale(s.max_face_value), s.face_currency))
               || ARRAY(SELECT 'o:' || word FROM unnest(catalog_words(o.name)) AS word))
      FROM unnest(ids) AS wanted JOIN catalog_sku s ON s.id = wanted
      LEFT JOIN catalog_product p ON p.id = s.product_id
      LEFT JOIN catalog_operator o ON o.id = s.operator_id
      LEFT JOIN catalog_country c ON c.code = s.country_id
        ON CONFLICT (sku_id) DO UPDATE SET words = excluded.words
        WHERE catalog_skuwords.words <> excluded.words
$body$;

CREATE FUNCTION catalog_sku_words() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM catalog_write_words(ARRAY(SELECT id FROM fresh));
    ELSE
        PERFORM catalog_write_words(ARRAY(
            SELECT n.id FROM fresh n JOIN stale o USING (id)
             WHERE (o.name, o.product_id, o.operator_id, o.country_id, o.min_face_value,
                    o.max_face_value, o.face_currency) IS DISTINCT FROM
                   (n.name, n.product_id, n.operator_id, n.country_id, n.min_face_value,
                    n.max_face_value, n.face_currency)));
    END IF;
    RETURN NULL;
END $body$;
"""
#: Of countries, operators and products: learn the words of a new name, write its SKUs again.
_OF_NAMES = r"""
CREATE FUNCTION catalog_{table}_words() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO catalog_word (word)
    SELECT DISTINCT word FROM fresh CROSS JOIN unnest(catalog_words(fresh.name)) AS word
     WHERE word ~ '^[^0-9]{{4,}}$'
        ON CONFLICT DO NOTHING;
    IF TG_OP = 'UPDATE' THEN
        PERFORM catalog_write_words(ARRAY(
            SELECT s.id FROM catalog_sku s JOIN fresh n ON n.{key} = s.{table}_id
              JOIN stale o ON o.{key} = n.{key} WHERE o.name <> n.name));
    END IF;
    RETURN NULL;
END $body$;
INSERT INTO catalog_word (word)
SELECT DISTINCT word FROM catalog_{table} t CROSS JOIN unnest(catalog_words(t.name)) AS word
 WHERE word ~ '^[^0-9]{{4,}}$'
    ON CONFLICT DO NOTHING;
"""
_TRIGGERS = """
CREATE TRIGGER {table}_words_new AFTER INSERT ON catalog_{table}
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION catalog_{table}_words();
CREATE TRIGGER {table}_words_changed AFTER UPDATE ON catalog_{table}
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_{table}_words();
"""
KEYS = {"country": "code", "operator": "id", "product": "id"}
NAMES = "".join(_OF_NAMES.format(table=table, key=key) for table, key in KEYS.items())
TRIGGERS = "".join(_TRIGGERS.format(table=table) for table in [*KEYS, "sku"])
FILL = "SELECT catalog_write_words(ARRAY(SELECT id FROM catalog_sku));"
BACK = "".join(f"DROP FUNCTION catalog_{table}_words() CASCADE;" for table in [*KEYS, "sku"])
BACK += "DROP FUNCTION catalog_write_words(bigint[]), catalog_words(text);"


class Migration(migrations.Migration):
    dependencies = [("catalog", "0023_logos")]
    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name="SkuWords",
            fields=[
                (
                    "sku",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search",
                        serialize=False,
                        to="catalog.sku",
                    ),
                ),
                ("words", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["words"], name="sku_words"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Word",
            fields=[
                ("word", models.CharField(max_length=60, primary_key=True, serialize=False)),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["word"], name="word_nearly", opclasses=["gin_trgm_ops"]
                    )
                ],
            },
        ),
        migrations.RunSQL(FUNCTIONS + NAMES + FILL + TRIGGERS, BACK),
    ]
