"""Search over the whole catalogue goes along an index, kept by triggers."""

import django.contrib.postgres.indexes
import django.contrib.postgres.operations
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

#: A name as words: no accents, no marks on Arabic letters and no stretching of them, small
#: letters, no punctuation. `catalog.searching` does the same.
FUNCTIONS = r"""
CREATE FUNCTION catalog_words(name text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $body$
    SELECT COALESCE(array_agg(DISTINCT left(word, 60)), '{}')
      FROM regexp_split_to_table(
               translate(
                   lower(regexp_replace(normalize(COALESCE(name, ''), NFKD),
                       '[\u0300-\u036f\u0640\u064b-\u065f\u0670]', '', 'g')),
                   $signs$!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~$signs$, repeat(' ', 32)),
               '\s+') AS word
     WHERE word <> ''
$body$;

CREATE FUNCTION catalog_write_words(ids bigint[]) RETURNS void LANGUAGE sql AS $body$
    INSERT INTO catalog_skuwords (sku_id, words)
    SELECT s.id, array_to_tsvector(
               catalog_words(concat_ws(' ', s.name, p.name, o.name, c.name, s.country_id,
                   trim_scale(s.min_face_value), trim_scale(s.max_face_value), s.face_currency,
                   (SELECT string_agg(t.name || ' ' || t.product_name, ' ')
                      FROM catalog_skutext t WHERE t.sku_id = s.id)))
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
#: A text that goes with its SKU must not write words of it again.
OF_TEXTS = """
CREATE FUNCTION catalog_skutext_words() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM catalog_write_words(ARRAY(
            SELECT DISTINCT sku_id FROM stale JOIN catalog_skuwords USING (sku_id)));
        RETURN NULL;
    END IF;
    INSERT INTO catalog_word (word)
    SELECT DISTINCT word FROM (SELECT DISTINCT product_name FROM fresh) AS told
     CROSS JOIN unnest(catalog_words(told.product_name)) AS word
     WHERE word ~ '^[^0-9]{4,}$'
        ON CONFLICT DO NOTHING;
    PERFORM catalog_write_words(ARRAY(SELECT DISTINCT sku_id FROM fresh));
    RETURN NULL;
END $body$;
CREATE TRIGGER skutext_words_new AFTER INSERT ON catalog_skutext
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION catalog_skutext_words();
CREATE TRIGGER skutext_words_changed AFTER UPDATE ON catalog_skutext
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION catalog_skutext_words();
CREATE TRIGGER skutext_words_gone AFTER DELETE ON catalog_skutext
    REFERENCING OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION catalog_skutext_words();
"""
BACK = "".join(f"DROP FUNCTION catalog_{table}_words() CASCADE;" for table in [*KEYS, "sku"])
BACK += "DROP FUNCTION catalog_skutext_words() CASCADE;"
BACK += "DROP FUNCTION catalog_write_words(bigint[]), catalog_words(text);"


class Migration(migrations.Migration):
    replaces = [("catalog", "0015_search_words"), ("catalog", "0024_search_translated_words")]

    initial = True

    dependencies = [
        ("catalog", "0001_catalogue"),
    ]

    operations = [
        django.contrib.postgres.operations.TrigramExtension(),
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
        migrations.RunSQL(FUNCTIONS + NAMES + OF_TEXTS + TRIGGERS, BACK),
    ]
