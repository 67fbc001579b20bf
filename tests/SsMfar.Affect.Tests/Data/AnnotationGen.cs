using CsCheck;
using SsMfar.Data;

namespace SsMfar.Tests.Data;

/// <summary>Generators of annotated rows.</summary>
internal static class AnnotationGen
{
    // Rows without one known unit, too, which chance alone would never give.
    public static readonly Gen<ActionUnitLabels> ActionUnitLabels = Gen.Frequency(
        (1, Gen.Const(SsMfar.Data.ActionUnitLabels.Unknown)),
        (4, Gen.Int[-1, 1].Array[12].Select(units =>
            SsMfar.Data.ActionUnitLabels.From([.. units.Select(unit => unit < 0 ? (bool?)null : unit == 1)]))));

    public static readonly Gen<ValenceArousal?> ValenceArousal =
        Gen.Select(Gen.Bool, Gen.Float[-1, 1], Gen.Float[-1, 1], (known, v, a) => known ? new ValenceArousal(v, a) : (ValenceArousal?)null);

    public static readonly Gen<AnnotationSet> Set = Gen.Select(
        Gen.Select(
            Gen.String[Gen.Char["abcé_/\\.9 ,\""], 0, 8], ValenceArousal, Gen.Int[-1, 7], ActionUnitLabels, Gen.Float[-9, 9],
            (name, affect, expression, units, extra) =>
                new AnnotationRow(name, affect, expression < 0 ? null : expression, units) {
                    Extra = new[] { extra < -8 ? float.NaN : extra } })
        .Array[0, 30],
        rows => new AnnotationSet(
            rows.Select((row, i) => row with { Image = $"{i % 7}/{WithoutParents(row.Image)}{i}.jpg" }),
            null,
            ["extra"]));

    private static string WithoutParents(string name) => string.Join('/', name.Split('/', '\\').Where(part => part != ".."));

    public static void ShouldHaveRowsOf(this AnnotationSet set, IEnumerable<AnnotationRow> expected) =>
        set.Select(Flat).Should().Equal(expected.Select(Flat));

    private static (string, ValenceArousal?, int?, ActionUnitLabels, string) Flat(AnnotationRow row) =>
        (row.Image, row.ValenceArousal, row.Expression, row.ActionUnits, string.Join(';', row.Extra.ToArray()));
}
