"""Search finds a SKU by its names in other languages, too; marks of Arabic letters do not count."""

from django.db import migrations

#: As in `0015_search_words`, with the marks on and the stretching of Arabic letters left out.
WORDS = r"""
CREATE OR REPLACE FUNCTION catalog_words(name text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $body$
    SELECT COALESCE(array_agg(DISTINCT left(word, 60)), '{{}}')
      FROM regexp_split_to_table(
               translate(
                   lower(regexp_replace(normalize(COALESCE(name, ''), NFKD), '[{marks}]', '', 'g')),
                   $signs$!"#$%&'()*+,-./:;<=>?@[\]^_`{{|}}~$signs$, repeat(' ', 32)),
               '\s+') AS word
     WHERE word <> ''
$body$;
"""
WRITE = """
CREATE OR REPLACE FUNCTION catalog_write_words(ids bigint[]) RETURNS void LANGUAGE sql AS $body$
    INSERT INTO catalog_skuwords (sku_id, words)
    SELECT s.id, array_to_tsvector(
               catalog_words(concat_ws(' ', s.name, p.name, o.name, c.name, s.country_id,
                   trim_scale(s.min_face_value), trim_scale(s.max_face_value), s.face_currency{}))
               || ARRAY(SELECT 'o:' || word FROM unnest(catalog_words(o.name)) AS word))
      FROM unnest(ids) AS wanted JOIN catalog_sku s ON s.id = wanted
      LEFT JOIN catalog_product p ON p.id = s.product_id
      LEFT JOIN catalog_operator o ON o.id = s.operator_id
      LEFT JOIN catalog_country c ON c.code = s.country_id
        ON CONFLICT (sku_id) DO UPDATE SET words = excluded.words
        WHERE catalog_skuwords.words <> excluded.words
$body$;
"""
TEXTS = """,
                   (SELECT string_agg(t.name || ' ' || t.product_name, ' ')
                      FROM catalog_skutext t WHERE t.sku_id = s.id)"""
#: A text that goes with its SKU must not write words of it again.
TRIGGER = """
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
LATIN, ALL = r"\u0300-\u036f", r"\u0300-\u036f\u0640\u064b-\u065f\u0670"
FILL = """
INSERT INTO catalog_word (word)
SELECT DISTINCT word
  FROM (SELECT product_name AS name FROM catalog_skutext UNION SELECT name FROM catalog_country
         UNION SELECT name FROM catalog_operator UNION SELECT name FROM catalog_product) AS told
 CROSS JOIN unnest(catalog_words(told.name)) AS word
 WHERE word ~ '^[^0-9]{4,}$'
    ON CONFLICT DO NOTHING;
SELECT catalog_write_words(ARRAY(SELECT id FROM catalog_sku));
"""
FORTH = WORDS.format(marks=ALL) + WRITE.format(TEXTS) + FILL + TRIGGER
BACK = "DROP FUNCTION catalog_skutext_words() CASCADE;" + WORDS.format(marks=LATIN)
BACK += WRITE.format("") + FILL


class Migration(migrations.Migration):
    dependencies = [("catalog", "0015_search_words"), ("catalog", "0022_words_in_languages")]
    operations = [migrations.RunSQL(FORTH, BACK)]
