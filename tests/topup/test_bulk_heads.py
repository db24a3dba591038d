"""The names of a file's columns, in each language of the product."""

import pytest

from topup import bulkfile

HEADS = {
    "en": "Number,Amount,Currency,Operator,Reference",
    "es": "Número,Monto,Moneda,Operador,Referencia",
    "fr": "Numéro,Montant,Devise,Opérateur,Référence",
    "pt": "Número,Valor,Moeda,Operadora,Referência",
    "ht": "Nimewo,Montan,Kalite lajan,Operatè,Referans",
    "ar": "الرقم,المبلغ,العملة,المشغل,المرجع",
    "ur": "نمبر,رقم,کرنسی,آپریٹر,حوالہ",
    "hi": "नंबर,रकम,मुद्रा,ऑपरेटर,संदर्भ",
    "bn": "নম্বর,টাকা,মুদ্রা,অপারেটর,রেফারেন্স",
    "fil": "Numero,Halaga,Pera,Network,Sanggunian",
}


@pytest.mark.parametrize("language", HEADS)
def test_columns_are_called_as_people_call_them(language):
    text = f"{HEADS[language]}\n18765550001,5,USD,Digicel,A1\n"
    assert bulkfile.read(text.encode())[0].cells == {
        "number": "18765550001", "amount": "5", "currency": "USD", "operator": "Digicel",
        "reference": "A1",
    }  # fmt: skip
