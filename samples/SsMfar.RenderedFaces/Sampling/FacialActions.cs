using SsMfar.Data;

namespace SsMfar.RenderedFaces.Sampling;

/// <summary>How strongly each unit acts on each side of a face, 0 (rest) to 1 (full).</summary>
internal sealed class FacialActions
{
    /// <summary>
    /// A unit acting less than this on both sides is labelled absent; one labelled present acts at least <see cref="WeakestPresent"/>.
    /// </summary>
    public const float VisibilityFloor = 0.3f;

    /// <summary>
    /// The weakest a present unit acts on its stronger side: clearly above <see cref="VisibilityFloor"/>, so that labels are visible facts.
    /// </summary>
    public const float WeakestPresent = 0.6f;

    private static readonly int UnitCount = Enum.GetValues<FaceUnit>().Length;
    private readonly float[] _left = new float[UnitCount];
    private readonly float[] _right = new float[UnitCount];

    /// <summary>A unit's strength on a side of the picture: negative left, positive right.</summary>
    public float this[FaceUnit unit, int side] => side < 0 ? _left[(int)unit] : _right[(int)unit];

    /// <summary>A unit's strength, mean of both sides.</summary>
    public float this[FaceUnit unit] => (_left[(int)unit] + _right[(int)unit]) / 2;

    public float Strongest(FaceUnit unit) => Math.Max(_left[(int)unit], _right[(int)unit]);

    public FacialActions Set(FaceUnit unit, float both) => Set(unit, both, both);

    public FacialActions Set(FaceUnit unit, float left, float right)
    {
        _left[(int)unit] = Math.Clamp(left, 0, 1);
        _right[(int)unit] = Math.Clamp(right, 0, 1);
        return this;
    }

    /// <summary>The twelve labels: present where a unit is visible.</summary>
    public ActionUnitLabels ToLabels()
    {
        ActionUnitLabels labels = default;
        for (int column = 0; column < ActionUnits.Count; column++)
        {
            labels = labels.With(column, Strongest((FaceUnit)column) >= VisibilityFloor);
        }

        return labels;
    }
}
