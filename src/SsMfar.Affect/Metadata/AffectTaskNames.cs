namespace SsMfar.Metadata;

/// <summary>The names of the built-in tasks: the three of SS-MFAR, and intensities.</summary>
public static class AffectTaskNames
{
    /// <summary>Expression classification.</summary>
    public const string Expression = "expression";

    /// <summary>Valence and arousal estimation.</summary>
    public const string ValenceArousal = "valence_arousal";

    /// <summary>Action unit detection.</summary>
    public const string ActionUnits = "action_units";

    /// <summary>Estimation of action units' intensities, 0 to 5.</summary>
    public const string ActionUnitIntensity = "action_unit_intensity";
}
