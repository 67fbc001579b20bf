namespace SsMfar.Metadata;

/// <summary>The names of the three built-in tasks.</summary>
public static class AffectTaskNames
{
    /// <summary>Expression classification.</summary>
    public const string Expression = "expression";

    /// <summary>Valence and arousal estimation.</summary>
    public const string ValenceArousal = "valence_arousal";

    /// <summary>Action unit detection.</summary>
    public const string ActionUnits = "action_units";
}
