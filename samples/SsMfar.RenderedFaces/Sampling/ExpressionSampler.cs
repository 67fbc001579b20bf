using SsMfar.Data;

namespace SsMfar.RenderedFaces.Sampling;

/// <summary>An expression as it is shown: its class, its place in the circumplex and the units that act.</summary>
internal sealed record SampledExpression(ExpressionPrototype Prototype, float Intensity, FacialActions Actions, ValenceArousal Affect);

/// <summary>Draws expressions: a prototype, its strength, units dropped and added, a little asymmetry.</summary>
internal static class ExpressionSampler
{
    private const float AddedUnitProbability = 0.01f;

    private static readonly float[] Shares = [.. ExpressionPrototype.All.Select(prototype => prototype.Share)];

    public static SampledExpression Sample(FaceRandom random)
    {
        ExpressionPrototype prototype = ExpressionPrototype.All[random.Weighted(Shares)];
        float intensity = random.Uniform(0.7f, 1f);
        FacialActions actions = new();
        Rest(actions, random);
        int side = random.Chance(0.5f) ? 1 : -1;
        foreach (PrototypeUnit unit in prototype.Units)
        {
            if (random.Chance(unit.Probability))
            {
                Activate(actions, unit.Unit, intensity, unit.OneSided ? side : 0, random);
            }
        }

        for (int column = 0; column < ActionUnits.Count; column++)
        {
            FaceUnit unit = (FaceUnit)column;
            if (random.Chance(AddedUnitProbability) && actions.Strongest(unit) < FacialActions.VisibilityFloor && Compatible(actions, unit))
            {
                Activate(actions, unit, random.Uniform(0.6f, 1f), 0, random);
            }
        }

        Reconcile(actions, random);
        return new(prototype, intensity, actions, Circumplex.Sample(prototype, intensity, actions, random));
    }

    /// <summary>A resting face is never quite still: traces below the visibility floor, and eyes a little wider or narrower.</summary>
    private static void Rest(FacialActions actions, FaceRandom random)
    {
        for (int column = 0; column < ActionUnits.Count; column++)
        {
            actions.Set((FaceUnit)column, random.Chance(0.3f) ? random.Uniform(0, 0.12f) : 0);
        }

        actions.Set(FaceUnit.UpperLidRaiser, random.Uniform(0, 0.12f));
    }

    private static void Activate(FacialActions actions, FaceUnit unit, float intensity, int side, FaceRandom random)
    {
        float strength = Math.Clamp(random.Bell(intensity, 0.1f), FacialActions.WeakestPresent, 1f);
        float weaker = strength * (side == 0 ? random.Uniform(0.9f, 1f) : 0.1f);
        bool strongerRight = side == 0 ? random.Chance(0.5f) : side > 0;
        actions.Set(unit, strongerRight ? weaker : strength, strongerRight ? strength : weaker);
    }

    private static bool Compatible(FacialActions actions, FaceUnit unit)
    {
        bool Acts(FaceUnit other) => actions.Strongest(other) >= FacialActions.VisibilityFloor;
        return unit switch
        {
            FaceUnit.LipPressor => !Acts(FaceUnit.LipsPart) && !Acts(FaceUnit.JawDrop) && !Acts(FaceUnit.UpperLipRaiser),
            FaceUnit.LipsPart or FaceUnit.JawDrop or FaceUnit.UpperLipRaiser => !Acts(FaceUnit.LipPressor),
            FaceUnit.LipCornerPuller => !Acts(FaceUnit.LipCornerDepressor) && !Acts(FaceUnit.LipTightener),
            FaceUnit.LipCornerDepressor => !Acts(FaceUnit.LipCornerPuller),
            FaceUnit.LipTightener => !Acts(FaceUnit.LipCornerPuller),
            FaceUnit.LidTightener or FaceUnit.CheekRaiser => !Acts(FaceUnit.EyesClosed),
            _ => true,
        };
    }

    /// <summary>Combinations no face makes: a dropped jaw parts the lips; pressed lips are not parted; shut eyes are not widened.</summary>
    private static void Reconcile(FacialActions actions, FaceRandom random)
    {
        bool jawDropped = actions[FaceUnit.JawDrop] >= FacialActions.VisibilityFloor;
        if (jawDropped && actions[FaceUnit.LipsPart] < FacialActions.WeakestPresent)
        {
            Activate(actions, FaceUnit.LipsPart, random.Uniform(0.6f, 1f), 0, random);
        }

        if (actions[FaceUnit.LipsPart] >= FacialActions.VisibilityFloor)
        {
            actions.Set(FaceUnit.LipPressor, 0);
        }
        else
        {
            actions.Set(FaceUnit.LipsPart, 0).Set(FaceUnit.JawDrop, 0);
        }

        if (actions[FaceUnit.EyesClosed] > 0)
        {
            actions.Set(FaceUnit.UpperLidRaiser, 0);
        }
    }
}
