using SkiaSharp;
using SsMfar.RenderedFaces.Sampling;

namespace SsMfar.RenderedFaces.Painting;

/// <summary>
/// Where the parts of a face lie, from who it is and what its units do. Face units: the origin between the pupils, x to the right of the
/// picture, y down; a mean face has its pupils at x = +-30, its mouth at y = 66 and its chin at y = 106. Points are lifted onto an
/// ellipsoid and turned by the pose, so that features slide over the head as it turns.
/// </summary>
internal sealed class FaceGeometry
{
    public static readonly int[] Sides = [-1, 1];

    private const float HeadDepth = 58;
    private readonly float _cosYaw, _sinYaw, _cosPitch, _sinPitch;

    public FaceGeometry(FaceIdentity identity, FacialActions actions, SceneVariation scene)
    {
        Identity = identity;
        Actions = actions;
        Scene = scene;
        (_sinYaw, _cosYaw) = MathF.SinCos(scene.Yaw);
        (_sinPitch, _cosPitch) = MathF.SinCos(scene.Pitch);
        JawDrop = 14f * actions[FaceUnit.JawDrop];
        ChinLift = 4f * actions[FaceUnit.ChinRaiser];
    }

    public FaceIdentity Identity { get; }

    public FacialActions Actions { get; }

    public SceneVariation Scene { get; }

    /// <summary>How far the jaw has dropped.</summary>
    public float JawDrop { get; }

    /// <summary>How far the chin boss is pushed up.</summary>
    public float ChinLift { get; }

    /// <summary>The y of the mouth line at rest.</summary>
    public float MouthY => (66 * Identity.FaceLength) + Identity.MouthHeight;

    public float ChinY => (106 * Identity.FaceLength) + JawDrop;

    public float NoseTipY => 40 * Identity.NoseLength;

    /// <summary>The x of an eye's centre.</summary>
    public float EyeX(int side) => side * 30 * Identity.EyeSpacing;

    /// <summary>Where a point of the face appears; <paramref name="lift"/> raises it above the head's ellipsoid.</summary>
    public SKPoint Project(float x, float y, float lift = 0)
    {
        float u = x / (72 * Identity.FaceWidth), v = (y - 15) / 112;
        float z = (HeadDepth * MathF.Sqrt(Math.Max(0, 1 - (u * u) - (v * v)))) + lift;
        float turnedX = (x * _cosYaw) + ((z - 20) * _sinYaw);
        float turnedZ = (-x * _sinYaw) + (z * _cosYaw);
        return new(turnedX, (y * _cosPitch) + ((turnedZ - 35) * _sinPitch));
    }

    /// <summary>A curve through the points of a function of t from 0 to 1.</summary>
    public SKPath Curve(Func<float, SKPoint> at, int steps = 10, float lift = 0)
    {
        SKPath path = new();
        Append(path, at, steps, lift, start: true);
        return path;
    }

    /// <summary>The area between two curves that run in the same direction.</summary>
    public SKPath Between(Func<float, SKPoint> upper, Func<float, SKPoint> lower, int steps = 12, float lift = 0)
    {
        SKPath path = new();
        Append(path, upper, steps, lift, start: true);
        Append(path, t => lower(1 - t), steps, lift, start: false);
        path.Close();
        return path;
    }

    /// <summary>A closed smooth shape through points (Catmull-Rom).</summary>
    public SKPath Smooth(ReadOnlySpan<SKPoint> points, float lift = 0)
    {
        SKPath path = new();
        int n = points.Length;
        for (int i = 0; i < n; i++)
        {
            SKPoint a = points[(i + n - 1) % n], b = points[i], c = points[(i + 1) % n], d = points[(i + 2) % n];
            for (int step = 0; step < 5; step++)
            {
                SKPoint p = CatmullRom(a, b, c, d, step / 5f);
                SKPoint at = Project(p.X, p.Y, lift);
                if (i == 0 && step == 0)
                {
                    path.MoveTo(at);
                }
                else
                {
                    path.LineTo(at);
                }
            }
        }

        path.Close();
        return path;
    }

    /// <summary>An ellipse on the face.</summary>
    public SKPath Ellipse(float x, float y, float radiusX, float radiusY, float lift = 0)
    {
        SKPath path = Curve(
            t =>
            {
                (float sin, float cos) = MathF.SinCos(t * MathF.Tau);
                return new(x + (radiusX * cos), y + (radiusY * sin));
            },
            16,
            lift);
        path.Close();
        return path;
    }

    private void Append(SKPath path, Func<float, SKPoint> at, int steps, float lift, bool start)
    {
        for (int i = 0; i <= steps; i++)
        {
            SKPoint p = at(i / (float)steps);
            SKPoint q = Project(p.X, p.Y, lift);
            if (start && i == 0)
            {
                path.MoveTo(q);
            }
            else
            {
                path.LineTo(q);
            }
        }
    }

    private static SKPoint CatmullRom(SKPoint a, SKPoint b, SKPoint c, SKPoint d, float t)
    {
        float Axis(float p, float q, float r, float s) =>
            0.5f * ((2 * q) + ((r - p) * t) + (((2 * p) - (5 * q) + (4 * r) - s) * t * t) + (((3 * q) - p - (3 * r) + s) * t * t * t));
        return new(Axis(a.X, b.X, c.X, d.X), Axis(a.Y, b.Y, c.Y, d.Y));
    }
}
