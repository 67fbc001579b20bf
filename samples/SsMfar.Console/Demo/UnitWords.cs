using SsMfar.Data;

namespace SsMfar.ConsoleApp.Demo;

/// <summary>Action units in words.</summary>
internal static class UnitWords
{
    /// <summary>What a unit does in a face.</summary>
    public static string Describe(ActionUnit unit) => unit switch
    {
        ActionUnit.AU1 => "inner brow raiser",
        ActionUnit.AU2 => "outer brow raiser",
        ActionUnit.AU4 => "brow lowerer",
        ActionUnit.AU6 => "cheek raiser",
        ActionUnit.AU7 => "lid tightener",
        ActionUnit.AU10 => "upper lip raiser",
        ActionUnit.AU12 => "lip corner puller",
        ActionUnit.AU15 => "lip corner depressor",
        ActionUnit.AU23 => "lip tightener",
        ActionUnit.AU24 => "lip pressor",
        ActionUnit.AU25 => "lips part",
        ActionUnit.AU26 => "jaw drop",
        _ => throw new ArgumentOutOfRangeException(nameof(unit), unit, "Not one of the twelve."),
    };
}
